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
import "./offline/offline.css";
import "./give/print.css";
import { loadFonts } from "./fonts.ts";
import { guardKept } from "./offline/kept.ts";
import { prepareWords } from "./words/words.ts";

guardKept();
if (import.meta.env.PROD) {
    // Not there where a browser trusts the address too little; without it, all is as with it while there is a connection.
    navigator.serviceWorker?.register("/worker.js").catch(() => undefined);
}
await Promise.all([prepareWords(), navigator.serviceWorker?.controller && loadFonts()]);
const root = document.getElementById("root");
if (root) {
    createRoot(root).render(
        <StrictMode>
            <App />
        </StrictMode>,
    );
}
