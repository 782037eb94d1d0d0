/** Reads and changes XML answers. */
import { type AwsResponse, withText } from "./response.ts";

/** The texts of all elements of a name that contain only text. */
export function textsOf(xml: string, name: string): string[] {
    return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text = ""]) => text);
}

/** An answer with its text changed; an error is not changed. */
export function changed(response: AwsResponse, change: (xml: string) => string): AwsResponse {
    return response.status < 300 ? withText(response, change(response.body.toString())) : response;
}

/** Inserts a text after each element of a name, by the element's text; `undefined` inserts nothing. */
export function addBehind(xml: string, name: string, added: (text: string) => string | undefined): string {
    return xml.replaceAll(
        new RegExp(`<${name}>([^<]*)</${name}>`, "g"),
        (element, text: string) => `${element}${added(text) ?? ""}`,
    );
}
