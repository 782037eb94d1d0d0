/** The demo's story as files that a person opens. */
import { NARRATOR } from "../../contract/story.ts";
import type { TimedRequest } from "./client.ts";

/** A story in the pipeline's `complete` event. */
export interface Story {
    session_id: string;
    images: string[];
    structured_story: {
        title: string;
        characters: string[];
        chapters: { chapter_number: number; title: string; lines: { speaker: string; text: string }[] }[];
    };
}

/** A story of the REST API. */
export interface PanelStory {
    story_parts: {
        story_part: string;
        sections: { section_num: number; segments: { segment_content: string; speaker: string }[] }[];
    }[];
}

export function storyAsMarkdown({ structured_story: story }: Story, pictures: string[], audio: string): string {
    const chapters = story.chapters.map((chapter, at) => {
        const lines = chapter.lines.map(({ speaker, text }) =>
            speaker === NARRATOR ? text : `**${speaker}:** ${text}`,
        );
        const picture = pictures[at] ? [`![Chapter ${chapter.chapter_number}](${pictures[at]})`] : [];
        return [`## ${chapter.chapter_number}. ${chapter.title}`, ...picture, ...lines].join("\n\n");
    });
    return `${[`# ${story.title}`, `[Listen](${audio})`, ...chapters].join("\n\n")}\n`;
}

export function storyAsHtml({ structured_story: story }: Story, pictures: string[], audio: string): string {
    const chapters = story.chapters.map((chapter, at) => {
        const lines = chapter.lines.map(({ speaker, text }) =>
            speaker === NARRATOR ? `<p>${escaped(text)}</p>` : `<p><b>${escaped(speaker)}:</b> ${escaped(text)}</p>`,
        );
        const picture = pictures[at]
            ? `<img src="${pictures[at]}" alt="Picture of chapter ${chapter.chapter_number}">`
            : "";
        return `<section><h2>${chapter.chapter_number}. ${escaped(chapter.title)}</h2>${picture}${lines.join("\n")}</section>`;
    });
    return page(story.title, `<audio controls src="${audio}"></audio>\n${chapters.join("\n")}`);
}

export function panelsAsHtml(title: string, panels: { text: string; picture: string }[]): string {
    const figures = panels.map(
        ({ text, picture }, at) =>
            `<figure><img src="${picture}" alt="Panel ${at + 1}"><figcaption>${escaped(text)}</figcaption></figure>`,
    );
    return page(title, figures.join("\n"));
}

/** The duration of each request, as lines for a terminal; requests of the same name share a line. */
export function requestTable(requests: TimedRequest[]): string {
    const names = [...new Set(requests.map(({ name }) => name))];
    const rows = names.map((name) => {
        const same = requests.filter((request) => request.name === name);
        const total = same.reduce((sum, request) => sum + request.milliseconds, 0);
        const [first] = same;
        return [
            name,
            `${first?.method} ${first?.path}`,
            `${total} ms`,
            same.length > 1 ? `in ${same.length} requests` : "",
        ];
    });
    const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
    return rows
        .map(([name = "", path = "", time = "", count = ""]) =>
            `  ${name.padEnd(width(0))}  ${path.padEnd(width(1))}  ${time.padStart(width(2))}  ${count}`.trimEnd(),
        )
        .join("\n");
}

function page(title: string, body: string): string {
    return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>body{font:1.1rem/1.6 Georgia,serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#222}
img{width:100%;border-radius:.5rem}audio{width:100%}h1{line-height:1.2}figure{margin:2rem 0}</style></head>
<body><h1>${escaped(title)}</h1>
${body}
</body></html>
`;
}

function escaped(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
