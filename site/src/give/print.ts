import { picturesInSight } from "../reading/inSight.ts";

/** Prints the story that the page shows, with all its pictures. */
export async function printStory(): Promise<void> {
    // The others come after them.
    await picturesInSight();
    const pictures = [...document.querySelectorAll<HTMLImageElement>(".chapter img")];
    for (const picture of pictures) {
        // Otherwise a picture that was never scrolled to would be missing on paper.
        picture.loading = "eager";
    }
    // A picture that can't be loaded is missing on paper, as on the page.
    await Promise.allSettled(pictures.map((picture) => picture.decode()));
    window.print();
}
