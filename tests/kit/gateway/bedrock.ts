/** Asks Bedrock's control plane at an address, signed as far as anything here looks at it. */
export async function askBedrock(url: string, region: string, method: string, path: string, body?: object) {
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/bedrock/aws4_request, Signature=0`;
    const headers = { authorization, "content-type": "application/json" };
    const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    const code = response.headers.get("x-amzn-errortype");
    return { status: response.status, code, said: JSON.parse((await response.text()) || "{}") };
}
