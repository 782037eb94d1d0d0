import ts from "typescript";

/** The comment of a declaration, as editors show it: its text, and its `@default` and `@example`. */
export interface Comment {
    /** The text on one line. */
    about: string;
    /** The default in words; empty if there is none. */
    standard: string;
    /** A value as a program gives it; empty if there is none. */
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
