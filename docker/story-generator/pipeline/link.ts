/**
 * Links to a story for people without an account. A link's token names the story and contains a secret that is stored only in
 * the story: removing the secret revokes the link.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Session } from "./session.ts";

/** 192 bits, which can't be guessed. */
const SECRET_BYTES = 24;
/** Enough for the longest ids and a secret. */
const MAX_TOKEN_CHARACTERS = 500;

/** No dot: CloudFront takes an address that has one for a file's (`components/site`). */
const SEPARATOR = "~";

/** The contents of a token, not verified. */
export interface LinkAddress {
    userId: string;
    id: string;
    secret: string;
}

export function newLinkSecret(): string {
    return randomBytes(SECRET_BYTES).toString("base64url");
}

/** The token of a shared story; undefined for other stories. */
export function tokenOf({ user_id, session_id, link_secret }: Session): string | undefined {
    return link_secret === undefined
        ? undefined
        : [Buffer.from(user_id).toString("base64url"), session_id, link_secret].join(SEPARATOR);
}

export function readToken(token: string): LinkAddress | undefined {
    const [holder = "", id = "", secret = "", ...more] =
        token.length > MAX_TOKEN_CHARACTERS ? [] : token.split(SEPARATOR);
    const userId = Buffer.from(holder, "base64url").toString("utf8");
    return userId && id && secret && more.length === 0 ? { userId, id, secret } : undefined;
}

/** Whether the token's secret is the story's current one. */
export function isOpenedBy({ link_secret = "" }: Session, { secret }: LinkAddress): boolean {
    const [own, given] = [Buffer.from(link_secret), Buffer.from(secret)];
    return own.length > 0 && own.length === given.length && timingSafeEqual(own, given);
}
