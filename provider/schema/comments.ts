import ts from "typescript";

/** What the comment above a declaration says, as hovers show it: its text, and its `@default` and `@example`. */
export interface Comment {
    /** The text on one line. */
    about: string;
    /** What holds where nothing is given; empty for what says none. */
    standard: string;
    /** A value as a program gives it; empty for what has none. */
    example: string;
}

/** Reads the comment of a declaration, for documents and the package schema alike. */
export function commentOf(symbol: ts.Symbol, checker: ts.TypeChecker): Comment {
    const oneLine = (parts: ts.SymbolDisplayPart[] | undefined) =>
        ts
            .displayPartsToString(parts)
            .replaceAll(/\{@link (\w+)\}/g, "`$1`")
            .replaceAll(/\s+/g, " ")
            .trim();
    const tags = symbol.getJsDocTags(checker);
    const tag = (name: string) => oneLine(tags.find((one) => one.name === name)?.text);
    return {
        about: oneLine(symbol.getDocumentationComment(checker)),
        standard: tag("default"),
        example: tag("example"),
    };
}
