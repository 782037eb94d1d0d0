/** How long a page waits for its fonts at most, which the service worker gives within some tens of milliseconds. */
const PATIENCE_MS = 300;

/**
 * Loads the site's fonts before the page's first text: one that comes later is not used (`fonts.css`).
 *
 * Without the service worker they come from the network, for which no page waits.
 */
export async function loadFonts(): Promise<void> {
    const loads = ["Literata", "Figtree"].map((family) => document.fonts.load(`1em ${family}`));
    // Without a font, the page is shown in the device's.
    await Promise.race([Promise.allSettled(loads), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
}
