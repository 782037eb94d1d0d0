/** The gateway's answers: MiniStack's answer, changed or not, or one of AWS's errors. */
import { randomUUID } from "node:crypto";
import { cbor } from "@smithy/core/cbor";
import type { AwsRequest, Protocol } from "./request.ts";

export interface AwsResponse {
    status: number;
    headers: Record<string, string | string[]>;
    body: Buffer;
}

/** An error in AWS's own words. */
export class AwsError extends Error {
    override readonly name = "AwsError";
    readonly code: string;
    readonly status: number;

    /** @param code AWS's name of the error: `ResourceInUseException`, `InvalidGroup.Duplicate` */
    constructor(code: string, message: string, status = 400) {
        super(message);
        this.code = code;
        this.status = status;
    }
}

/** An answer of a service that uses JSON or CBOR. */
export function answer(request: Pick<AwsRequest, "protocol">, value: unknown, status = 200): AwsResponse {
    return request.protocol === "cbor"
        ? { status, headers: cborHeaders, body: Buffer.from(cbor.serialize(value)) }
        : { status, headers: { "content-type": jsonTypes[request.protocol] ?? JSON_TYPE }, body: jsonOf(value) };
}

/** The parsed answer of a service that uses JSON or CBOR. */
// biome-ignore lint/suspicious/noExplicitAny: outputs are as manifold as operations
export function outputOf(request: Pick<AwsRequest, "protocol">, { body }: AwsResponse): any {
    if (body.length === 0) {
        return {};
    }
    return request.protocol === "cbor" ? cbor.deserialize(body) : JSON.parse(body.toString());
}

/** The same answer with another body. */
export function withText(response: AwsResponse, text: string): AwsResponse {
    const { "content-length": _, "content-encoding": __, ...headers } = response.headers;
    return { ...response, headers, body: Buffer.from(text) };
}

/** An error in the format of a protocol. */
export function refusal({ protocol }: Pick<AwsRequest, "protocol">, error: AwsError): AwsResponse {
    const { code, message, status } = error;
    const id = randomUUID();
    const xml = (text: string): AwsResponse => ({
        status,
        headers: { "content-type": "text/xml", "x-amzn-requestid": id },
        body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`),
    });
    const inside = `<Code>${escaped(code)}</Code><Message>${escaped(message)}</Message>`;
    switch (protocol) {
        case "cbor":
            return { status, headers: cborHeaders, body: Buffer.from(cbor.serialize({ __type: code, message })) };
        case "ec2":
            return xml(`<Response><Errors><Error>${inside}</Error></Errors><RequestID>${id}</RequestID></Response>`);
        case "s3":
            return xml(`<Error>${inside}<RequestId>${id}</RequestId></Error>`);
        case "query":
        case "rest-xml":
            return xml(
                `<ErrorResponse><Error><Type>Sender</Type>${inside}</Error><RequestId>${id}</RequestId></ErrorResponse>`,
            );
        case "registry":
            return { status, headers: { "content-type": JSON_TYPE }, body: jsonOf({ errors: [{ code, message }] }) };
        default:
            return {
                status,
                headers: {
                    "content-type": jsonTypes[protocol] ?? JSON_TYPE,
                    "x-amzn-errortype": code,
                    "x-amzn-requestid": id,
                },
                body: jsonOf({ __type: code, message }),
            };
    }
}

const JSON_TYPE = "application/json";
const jsonTypes: Partial<Record<Protocol, string>> = { json: "application/x-amz-json-1.1" };
const cborHeaders = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };

function jsonOf(value: unknown): Buffer {
    return Buffer.from(JSON.stringify(value));
}

/** A text escaped for XML. */
export function escaped(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
