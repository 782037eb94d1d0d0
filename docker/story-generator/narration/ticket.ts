/**
 * Tickets for the audio: an `<audio>` element sends no token, so the audio's address contains a ticket that its owner got.
 * A ticket names the owner, expires after an hour, and is signed with a secret that is stored beside the audio, so that
 * every container can check it and a new narration invalidates old tickets.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

const VALID_FOR_MS = 3_600_000;

/** A ticket for `sessionId` of `userId`. */
export function issueTicket(secret: string, userId: string, sessionId: string, now = Date.now()): string {
    const ends = String(now + VALID_FOR_MS);
    return [Buffer.from(userId).toString("base64url"), ends, sign(secret, userId, sessionId, ends)].join(".");
}

/** The user that the ticket names, not verified. */
export function ticketHolder(ticket: string): string | undefined {
    const [holder] = ticket.split(".");
    return holder ? Buffer.from(holder, "base64url").toString("utf8") : undefined;
}

/** Whether the ticket is valid for `sessionId` now. */
export function isValidTicket(secret: string, ticket: string, sessionId: string, now = Date.now()): boolean {
    const [, ends = "", signature = ""] = ticket.split(".");
    const userId = ticketHolder(ticket);
    if (!userId || !(Number(ends) > now)) {
        return false;
    }
    const expected = Buffer.from(sign(secret, userId, sessionId, ends));
    const signatureBytes = Buffer.from(signature);
    return signatureBytes.length === expected.length && timingSafeEqual(signatureBytes, expected);
}

function sign(secret: string, ...parts: string[]): string {
    return createHmac("sha256", secret).update(parts.join("\n")).digest("base64url");
}
