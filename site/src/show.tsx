import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import "./base.css";
import "./controls.css";
import "./pages.css";
import "./story.css";
import "./reading/reader.css";
import "./player/player.css";
import "./wish/wish.css";
import "./words/words.css";
import "./offline/offline.css";
import "./give/print.css";
import { fontsFromWorker } from "./fonts.ts";
import { prepareWords } from "./words/words.ts";

/** Shows the page. */
export async function show(): Promise<void> {
    await Promise.all([prepareWords(), fontsFromWorker()]);
    const root = document.getElementById("root");
    if (root) {
        createRoot(root).render(
            <StrictMode>
                <App />
            </StrictMode>,
        );
    }
}
