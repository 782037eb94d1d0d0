/**
 * The site's fonts: only the scripts of its own texts; a story in another script is shown in the device's font. A text whose font
 * changes moves under its reader, so fonts that are there late wait for the next page.
 */
import figtree from "@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2";
import literata from "@fontsource-variable/literata/files/literata-latin-wght-normal.woff2";
import { picturesInSight } from "./reading/inSight.ts";

const LATIN =
    "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+0304, U+0308, U+0329, U+2000-206F, " +
    "U+20AC, U+2122, U+2191, U+2193, U+2212, U+2215, U+FEFF, U+FFFD";

const fonts = [
    new FontFace("Literata", `url(${literata})`, { weight: "200 900", unicodeRange: LATIN }),
    new FontFace("Figtree", `url(${figtree})`, { weight: "300 900", unicodeRange: LATIN }),
];

/** How long the first page waits for the fonts at most, which the service worker gives within some tens of milliseconds. */
const PATIENCE_MS = 300;

/** Uses the fonts from the first page on, if the service worker has them: no page waits for the network. */
export async function fontsFromWorker(): Promise<void> {
    const worker = import.meta.env.PROD ? navigator.serviceWorker : undefined;
    const load = () => Promise.all(fonts.map((font) => font.load()));
    // On a first visit they come with the worker's files, after all that the page shows.
    const loaded = worker?.controller ? load() : Promise.resolve(worker?.ready).then(picturesInSight).then(load);
    // Without a font, pages are shown in the device's.
    loaded.catch(() => undefined);
    if (worker?.controller) {
        await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]).catch(() => undefined);
        addLoadedFonts();
    }
}

/** Uses the fonts that are there by now; called before a page's first text. */
export function addLoadedFonts(): void {
    for (const font of fonts.filter(({ status }) => status === "loaded")) {
        document.fonts.add(font);
    }
}
