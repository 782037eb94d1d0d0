/** A function's answer as a client reads it. */

/** An answer as the gateway would pass it on. */
export interface Answer {
    status: number;
    headers: Record<string, string>;
    // biome-ignore lint/suspicious/noExplicitAny: what a client reads
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
