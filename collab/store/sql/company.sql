-- others --
-- How many other sessions of ours there are; everything we open calls itself collab. The check for the
-- version, a moment ago, is still there at times.
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'collab' AND pid <> pg_backend_pid()
