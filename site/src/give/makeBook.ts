import type { TFunction } from "i18next";
import { type AudioState, getNarration, type StoryDetail } from "../api.ts";
import { openPicture } from "../offline/kept.ts";
import { cuesOf } from "../player/cues.ts";
import { allLines, firstLines, picturesOf } from "../reading/chapters.ts";
import { directionOf } from "../reading/direction.ts";
import { NARRATOR } from "../reading/Lines.tsx";
import { languageOf } from "../reading/language.ts";
import { type BookChapter, epubOf, isPictureType } from "./epub.ts";

type Heard = Partial<Pick<AudioState, "status" | "timeline">>;

/** A story with its pictures, and its narration where it is ready, as an EPUB file. */
export async function bookOf(story: StoryDetail, { status, timeline }: Heard, t: TFunction): Promise<Blob> {
    const { title = story.title, chapters = [] } = story.structured_story ?? {};
    const all = allLines(chapters);
    const text = all.map((line) => line.text).join(" ");
    const firsts = firstLines(chapters);
    const cues = new Map(cuesOf(all, timeline ?? []).map((cue) => [cue.line, cue]));
    const narration = status === "ready" && timeline ? await getNarration(story.session_id) : undefined;
    const pictures = picturesOf(story, story.images);
    const pages = await Promise.all(
        chapters.map(async ({ chapter_number: number, title, lines }, index): Promise<BookChapter> => {
            const said = lines.map((line, at) => ({
                ...line,
                isNarrated: line.speaker === NARRATOR,
                clip: cues.get((firsts[index] ?? 1) + at),
            }));
            return { number, title, lines: said, picture: await pictureAt(story.session_id, pictures[index]?.address) };
        }),
    );
    const bytes = epubOf({
        id: story.session_id,
        title,
        language: (await languageOf(text)) ?? "und",
        direction: directionOf(text),
        changedAt: story.updated_at,
        chapters: pages,
        narration: narration && new Uint8Array(await narration.arrayBuffer()),
        words: { contents: t("Contents"), chapter: (number) => t("Chapter {{number}}", { number }) },
    });
    return new Blob([bytes], { type: "application/epub+zip" });
}

async function pictureAt(id: string, address: string | undefined) {
    if (address === undefined) {
        return undefined;
    }
    const picture = await openPicture(id, address);
    const { type } = picture;
    return isPictureType(type) ? { bytes: new Uint8Array(await picture.arrayBuffer()), type } : undefined;
}
