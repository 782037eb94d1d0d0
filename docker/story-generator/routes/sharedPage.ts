/** The page of a shared story's link: previews of the link show its Open Graph tags (https://ogp.me), a browser goes on to the story. */
import { html } from "hono/html";
import { pathOf } from "../../../contract/agentRoutes.ts";
import { chapterText, type StructuredStory } from "../story.ts";

/** Previews cut longer descriptions. */
const MAX_DESCRIPTION_CHARACTERS = 200;

/** What a preview shows. */
export interface Preview {
    story: StructuredStory;
    /** The address of the site, under which the link was made; without it the preview has no picture, whose address must be whole. */
    origin: string | undefined;
    hasCover: boolean;
}

/**
 * The page as HTML.
 *
 * @param preview nothing for a link that leads to no story: the site says so
 */
export function sharedPage(token: string, preview?: Preview) {
    // The site's content security policy lets no script stand in a page.
    return html`<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${preview ? `${preview.story.title} · Story-42` : "Story-42"}</title>
${preview && tagsOf(token, preview)}
<script defer src="/open-shared.js"></script>
</head>
<body><a href="/shared/${encodeURIComponent(token)}" dir="auto">${preview?.story.title ?? "Story-42"}</a></body>
</html>
`;
}

function tagsOf(token: string, { story, origin, hasCover }: Preview) {
    const [chapter] = story.chapters;
    const description = shortened(chapter ? chapterText(chapter) : "");
    const cover = origin && hasCover ? `${origin}${pathOf("getSharedCover", { token })}` : undefined;
    return html`<meta name="description" content="${description}">
<meta property="og:type" content="article">
<meta property="og:site_name" content="Story-42">
<meta property="og:title" content="${story.title}">
<meta property="og:description" content="${description}">
${origin && html`<meta property="og:url" content="${origin}${pathOf("getSharedPage", { token })}">`}
${cover && html`<meta property="og:image" content="${cover}">`}
<meta name="twitter:card" content="${cover ? "summary_large_image" : "summary"}">`;
}

/** The first words of a text. */
function shortened(text: string): string {
    const characters = [...text];
    return characters.length <= MAX_DESCRIPTION_CHARACTERS
        ? text
        : `${characters
              .slice(0, MAX_DESCRIPTION_CHARACTERS)
              .join("")
              .replace(/\s+\S*$/, "")}…`;
}
