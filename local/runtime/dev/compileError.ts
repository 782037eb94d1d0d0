/** A compile error with its location. */
export interface Fault {
    text: string;
    /** Relative to the project's folder. */
    file?: string;
    line?: number;
    column?: number;
    /** The text of the line. */
    code?: string;
}

/** Code does not compile. */
export class CompileError extends Error {
    override readonly name = "CompileError";
    readonly faults: readonly Fault[];

    constructor(faults: readonly Fault[]) {
        super(faults.map(inWords).join("\n"));
        this.faults = faults;
    }
}

function inWords({ text, file, line, column, code }: Fault): string {
    const place = file && [file, line, column].filter((part) => part !== undefined).join(":");
    return [place ? `${place}: ${text}` : text, ...(code?.trim() ? [`    ${code.trim()}`] : [])].join("\n");
}
