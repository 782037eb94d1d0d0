import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import "./fonts.css";
import "./base.css";
import "./controls.css";
import "./pages.css";
import "./story.css";
import "./reading/reader.css";
import "./player/player.css";
import "./wish/wish.css";
import "./words/words.css";
import "./give/print.css";
import { prepareWords } from "./words/words.ts";

await prepareWords();
const root = document.getElementById("root");
if (root) {
    createRoot(root).render(
        <StrictMode>
            <App />
        </StrictMode>,
    );
}
