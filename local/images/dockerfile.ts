/** The instructions of a Dockerfile, one line each, without comments. */
function instructions(text: string): string[] {
    return text
        .split("\n")
        .filter((line) => !line.startsWith("#"))
        .join("\n")
        .replace(/\\\n/g, " ")
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean);
}

/** The instructions of the last stage, which becomes the image, from its `FROM`. */
export function lastStage(text: string): string[] {
    const all = instructions(text);
    return all.slice(all.findLastIndex((line) => line.startsWith("FROM ")));
}

/** The default of an `ARG` before the first stage. */
export function defaultOf(text: string, argument: string): string | undefined {
    return instructions(text)
        .find((line) => line.startsWith(`ARG ${argument}=`))
        ?.slice(`ARG ${argument}=`.length);
}
