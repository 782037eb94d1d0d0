/** What cases read in answers written as XML, and add to them. */
import { type AwsResponse, withText } from "./response.ts";

/** The texts of all elements of a name that hold nothing but text. */
export function textsOf(xml: string, name: string): string[] {
    return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text = ""]) => text);
}

/** An answer with its text changed; a refusal stays as it is. */
export function changed(response: AwsResponse, change: (xml: string) => string): AwsResponse {
    return response.status < 300 ? withText(response, change(response.body.toString())) : response;
}

/** Adds something behind each element of a name, by the element's text; `undefined` adds nothing. */
export function addBehind(xml: string, name: string, added: (text: string) => string | undefined): string {
    return xml.replaceAll(
        new RegExp(`<${name}>([^<]*)</${name}>`, "g"),
        (element, text: string) => `${element}${added(text) ?? ""}`,
    );
}
