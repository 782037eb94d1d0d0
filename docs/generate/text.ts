/** Helpers of the generated documents. */

/** The last part of a resource type: `Table` for `aws:dynamodb/table:Table`. */
export function shortType(type: string): string {
    return type.split(":").at(-1) ?? type;
}

/** A cell of a table in Markdown. */
export function cell(text: string): string {
    return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").trim();
}

/** A table in Markdown; an empty list gives none. */
export function table(head: string[], rows: string[][]): string {
    const line = (cells: string[]) => `| ${cells.map(cell).join(" | ")} |`;
    return rows.length === 0 ? "" : [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
