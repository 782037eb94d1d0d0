import { askEarly } from "./early.ts";
import { guardKept } from "./offline/kept.ts";

guardKept();
askEarly();
if (import.meta.env.PROD) {
    // Not there where a browser trusts the address too little; without it, all is as with it while there is a connection.
    navigator.serviceWorker?.register("/worker.js").catch(() => undefined);
}
const { show } = await import("./show.tsx");
await show();
