/**
 * What Hocuspocus' SQLite extension uses of `better-sqlite3`, on Node's own SQLite: the package has no
 * binary without its install script. The extension's code, schema and statements are the real ones.
 */

import { DatabaseSync } from "node:sqlite";

export default class Database {
  #database;

  constructor(path) {
    this.#database = new DatabaseSync(path);
  }

  exec(sql) {
    this.#database.exec(sql);
  }

  prepare(sql) {
    return this.#database.prepare(sql);
  }

  close() {
    this.#database.close();
  }
}
