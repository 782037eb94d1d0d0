/** Takes the README's picture, of a story that is open in the reader: `node scripts/run.mjs tests/kit/site/takePicture.ts`. */
import { join } from "node:path";
import { drawPicture } from "../../../standins/upstreams/picture.ts";
import { openBrowser, Visit } from "../deployed/browser.ts";
import { buildSite, Front, removeSite } from "./front.ts";
import { Library, storyOf, tokenOf } from "./library.ts";

const file = join(import.meta.dirname, "../../../docs/site.png");
const TITLE = "A Fox Who Is Afraid of the Dark";
const CHAPTER = {
    chapter_number: 1,
    title: "An Evening in Autumn",
    lines: [
        {
            speaker: "Narrator",
            text: "At the edge of the village, where the last lantern stood, lived a fox who was afraid of the dark. Each evening he sat down under it and counted the windows until they had all gone out.",
        },
        { speaker: "Tobias", text: "Seven, eight. One is still awake. As long as one is awake, it is not night yet." },
        {
            speaker: "Narrator",
            text: "Behind the eighth window Nadia was not reading. She had seen the two bright eyes below the lantern, and opened the window as quietly as a window can be opened.",
        },
        {
            speaker: "Nadia",
            text: "You can count the stars when I am asleep. There are more of them, and nobody puts them out.",
        },
    ],
};

const story = storyOf("fox", TITLE, 1);
story.structured_story = { title: TITLE, characters: ["Tobias", "Nadia"], chapters: [CHAPTER] };
const picture = await drawPicture({
    text: "a fox with a lantern below the moon, houses and trees at night",
    width: 1_024,
    height: 1_024,
});
const library = await Library.open([story]);
library.showPicture({ data: picture, mimeType: "image/png" });
const folder = await buildSite();
const [front, browser] = await Promise.all([Front.open(folder, library.url), openBrowser()]);
try {
    const { page } = await Visit.open(browser, front.url);
    await page.evaluate(`sessionStorage.setItem("story-42-token", ${JSON.stringify(tokenOf("reader"))})`);
    // Fonts that come late are not used; from the worker they are there at once.
    await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
    await page.goto("/stories/fox/read");
    await page.locator(".plate img").waitFor();
    await page.getByLabel("Place in the narration").fill("4");
    await page.locator(".heard[data-line='2']").waitFor();
    await page.evaluate("document.activeElement.blur()");
    await page.evaluate(
        "Promise.all([document.fonts.ready, document.querySelector('.plate img').decode()]).then(() => 0)",
    );
    await page.screenshot({ path: file });
} finally {
    await browser.close();
    await Promise.all([front.close(), library.close()]);
    removeSite(folder);
}
