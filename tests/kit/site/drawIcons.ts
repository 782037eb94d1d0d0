/** Draws the icons that an installed site has, of `site/public/icon.svg`: `node scripts/run.mjs tests/kit/site/drawIcons.ts`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openBrowser } from "../deployed/browser.ts";

const folder = join(import.meta.dirname, "../../../site/public");
const svg = readFileSync(join(folder, "icon.svg"), "utf8");
/** A device cuts a maskable icon to a shape of its own; what lies within 80 % of it stays (W3C Web Application Manifest). */
const icons = [
    { file: "icon-192.png", size: 192, share: 1 },
    { file: "icon-512.png", size: 512, share: 1 },
    { file: "maskable-512.png", size: 512, share: 0.8, ground: /rect[^>]* fill="(#\w+)"/.exec(svg)?.[1] },
];

const browser = await openBrowser();
for (const { file, size, share, ground = "transparent" } of icons) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    const side = Math.round(size * share);
    await page.setContent(`<style>
        body { margin: 0; height: 100vh; display: grid; place-items: center; background: ${ground} }
        svg { width: ${side}px; height: ${side}px }
    </style>${svg}`);
    await page.screenshot({ path: join(folder, file), omitBackground: true });
    await page.close();
}
await browser.close();
