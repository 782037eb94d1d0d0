/** Parses a function's answer as a client does. */

/** An answer in the form that the gateway forwards. */
export interface Answer {
    status: number;
    headers: Record<string, string>;
    // biome-ignore lint/suspicious/noExplicitAny: a JSON body of any shape
    body: any;
}

export function readAnswer(result: {
    statusCode: number;
    headers?: object;
    multiValueHeaders?: Record<string, string[]>;
    body: string;
}): Answer {
    const several = Object.entries(result.multiValueHeaders ?? {}).map(([name, values]) => [name, values.join(", ")]);
    const pairs: [string, string][] = [...Object.entries(result.headers ?? {}), ...(several as [string, string][])];
    const headers = Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
    return { status: result.statusCode, headers, body: JSON.parse(result.body) };
}
