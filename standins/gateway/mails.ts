/** The mails that AWS would have sent: the last one to each address, with its secrets. */
import type { Emulator } from "./emulator.ts";

const COLLECTION = "mails";

export interface Mail {
    to: string;
    subject: string;
    text: string;
}

/**
 * Stores the last mail to an address from MiniStack's own mailbox.
 *
 * @param code the code to put into the mail, in place of the fixed one that MiniStack uses
 */
export async function deliver(emulator: Emulator, to: string, code?: { own: string; instead: string }): Promise<void> {
    const { messages } = await emulator.getJson<{ messages: Record<string, SentMail[]> }>("/_ministack/ses/messages");
    const sent = Object.values(messages)
        .flat()
        .findLast((one) => one.To.includes(to));
    if (sent) {
        const text = sent.BodyHtml || sent.BodyText;
        const mail = { to, subject: sent.Subject, text: code ? text.replaceAll(code.own, code.instead) : text };
        emulator.store.set(COLLECTION, to, mail);
    }
}

/** A mail in MiniStack's answer. */
interface SentMail {
    To: string[];
    Subject: string;
    BodyText: string;
    BodyHtml: string | null;
}

export function mailsOf(emulator: Emulator): Mail[] {
    return emulator.store.all<Mail>(COLLECTION).map(([, mail]) => mail);
}
