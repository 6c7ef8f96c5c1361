/** The widget as a React component. The text is in the XML root "default". */

import { CollabEditor } from "@collab/react";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const address = new URLSearchParams(location.search);

function App() {
  const [people, setPeople] = useState<string[]>([]);
  return (
    <>
      <p data-testid="names">Here: {people.join(", ")}</p>
      <CollabEditor
        server={address.get("server") ?? "http://127.0.0.1:8080"}
        document={address.get("document") ?? "example-react"}
        // Where your users sign in, a `tokenProvider` says who this is.
        name={address.get("name") ?? undefined}
        placeholder="Write here, and in another window."
        onPresence={({ detail }) => setPeople(detail.users.map((user) => user.name))}
      />
    </>
  );
}

const root = document.querySelector("#root");
if (root) createRoot(root).render(<App />);
