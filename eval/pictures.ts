/** Draws the first picture of a story by prompts of the image function. */
import type { Picture, PictureMaker } from "../docker/shared/pictures.ts";
import { describePanel } from "../docker/story-image-regen/handlers.ts";
import type { ImagePrompts } from "../docker/story-image-regen/prompts.ts";
import type { Story } from "./judge.ts";
import { failureOf } from "./models.ts";

/** A picture of a story, and the text that it is for. */
export interface Illustration {
    story: Story;
    text: string;
    picture: Picture;
}

const ART_STYLE = "whimsical watercolor illustration";

/** The texts of a story's sections. */
export const sectionsOf = ({ parts }: Story): string[] =>
    parts.flatMap((part) =>
        part.sections.map(({ segments }) => segments.map((segment) => segment.segment_content).join(" ")),
    );

/** The picture of a story's first section; `undefined` when the picture model refuses or draws none. */
export async function illustrate(
    maker: PictureMaker,
    prompts: ImagePrompts,
    story: Story,
    signal: AbortSignal,
): Promise<Illustration | undefined> {
    const sections = sectionsOf(story);
    const [text = ""] = sections;
    const panel = { story_segment_number: 1, story_segment_content: text, story_segment_speaker: undefined };
    const description = describePanel(prompts, panel, { art_style: ART_STYLE }, sections.join("\n"), false);
    try {
        return { story, text, picture: await maker.draw(description, [], signal) };
    } catch (error) {
        failureOf(error);
        return undefined;
    }
}

/** A picture in a message to Bedrock; a format that Bedrock does not take is refused there. */
export function imageBlock({ data, mimeType }: Picture) {
    return { format: mimeType.replace(/^image\//, "") as "png", source: { bytes: new Uint8Array(data) } };
}
