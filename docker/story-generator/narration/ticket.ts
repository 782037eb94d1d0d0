/**
 * Tickets for the audio: an `<audio>` element sends no token, so the address of the audio carries a ticket that its
 * owner was given. It names the owner, ends after an hour, and is signed with a secret that lies beside the audio, so
 * that every container can check it and a new narration makes the old tickets void.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

const VALID_FOR_MS = 3_600_000;

/** A ticket for `sessionId` of `userId`. */
export function issueTicket(secret: string, userId: string, sessionId: string, now = Date.now()): string {
    const ends = String(now + VALID_FOR_MS);
    return [Buffer.from(userId).toString("base64url"), ends, sign(secret, userId, sessionId, ends)].join(".");
}

/** Whom the ticket names, before anything is proved. */
export function ticketHolder(ticket: string): string | undefined {
    const [holder] = ticket.split(".");
    return holder ? Buffer.from(holder, "base64url").toString("utf8") : undefined;
}

/** Whether the ticket opens `sessionId` now. */
export function isValidTicket(secret: string, ticket: string, sessionId: string, now = Date.now()): boolean {
    const [, ends = "", signature = ""] = ticket.split(".");
    const userId = ticketHolder(ticket);
    if (!userId || !(Number(ends) > now)) {
        return false;
    }
    const expected = Buffer.from(sign(secret, userId, sessionId, ends));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
}

function sign(secret: string, ...parts: string[]): string {
    return createHmac("sha256", secret).update(parts.join("\n")).digest("base64url");
}
