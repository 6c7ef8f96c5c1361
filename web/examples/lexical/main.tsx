/** Lexical with its own CollaborationPlugin. The text is in the root "root", in Lexical's shape. */

import { LexicalCollaboration } from "@lexical/react/LexicalCollaborationContext";
import { CollaborationPlugin } from "@lexical/react/LexicalCollaborationPlugin";
import { LexicalComposer } from "@lexical/react/LexicalComposer";
import { ContentEditable } from "@lexical/react/LexicalContentEditable";
import { EditorRefPlugin } from "@lexical/react/LexicalEditorRefPlugin";
import { LexicalErrorBoundary } from "@lexical/react/LexicalErrorBoundary";
import { RichTextPlugin } from "@lexical/react/LexicalRichTextPlugin";
import type { LexicalEditor } from "lexical";
import { useRef } from "react";
import { createRoot } from "react-dom/client";
import { myName } from "../connect.ts";
import { LexicalProvider } from "./provider.ts";
import "./looks.css";

const config = {
  namespace: "collab-example",
  // The text comes from the document, and can be edited once it is here.
  editorState: null,
  editable: false,
  onError: reportError,
};

function App({ cursors }: { cursors: HTMLElement | null }) {
  const editor = useRef<LexicalEditor>(null);
  return (
    <LexicalCollaboration>
      <LexicalComposer initialConfig={config}>
        <EditorRefPlugin editorRef={editor} />
        <RichTextPlugin
          contentEditable={<ContentEditable className="editor" aria-label="Text" />}
          ErrorBoundary={LexicalErrorBoundary}
        />
        <CollaborationPlugin
          id="example-lexical"
          providerFactory={(id, docs) =>
            new LexicalProvider(id, docs, (editable) => editor.current?.setEditable(editable))
          }
          // An empty document stays empty until somebody writes: two who open it at once would
          // else each put a paragraph into it.
          shouldBootstrap={false}
          username={myName}
          cursorsContainerRef={{ current: cursors }}
        />
      </LexicalComposer>
    </LexicalCollaboration>
  );
}

const element = document.querySelector("#editor");
if (element) createRoot(element).render(<App cursors={element.parentElement} />);
