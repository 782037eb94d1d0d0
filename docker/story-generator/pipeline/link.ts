/**
 * Links to a story for people without an account. A link's token names the story and has a secret that lies in the story:
 * taking it back is to forget the secret, and no other copy of it has to be found.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Session } from "./session.ts";

/** 192 bits: nobody guesses it. */
const SECRET_BYTES = 24;
/** The longest ids and a secret. */
const MAX_TOKEN = 500;

/** No dot: CloudFront takes an address that has one for a file's (`components/site`). */
const SEPARATOR = "~";

/** What a token says, before anything is proved. */
export interface LinkAddress {
    userId: string;
    id: string;
    secret: string;
}

export function newLinkSecret(): string {
    return randomBytes(SECRET_BYTES).toString("base64url");
}

/** The token of a story that is shared; undefined for another. */
export function tokenOf({ user_id, session_id, link_secret }: Session): string | undefined {
    return link_secret === undefined
        ? undefined
        : [Buffer.from(user_id).toString("base64url"), session_id, link_secret].join(SEPARATOR);
}

export function readToken(token: string): LinkAddress | undefined {
    const [holder = "", id = "", secret = "", ...more] = token.length > MAX_TOKEN ? [] : token.split(SEPARATOR);
    const userId = Buffer.from(holder, "base64url").toString("utf8");
    return userId && id && secret && more.length === 0 ? { userId, id, secret } : undefined;
}

/** Whether the token is the story's own, now. */
export function isOpenedBy({ link_secret = "" }: Session, { secret }: LinkAddress): boolean {
    const [own, given] = [Buffer.from(link_secret), Buffer.from(secret)];
    return own.length > 0 && own.length === given.length && timingSafeEqual(own, given);
}
