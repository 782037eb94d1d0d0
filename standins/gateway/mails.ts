/** The mails that AWS would have sent: the last one to each address, with what only its reader may know. */
import type { Emulator } from "./emulator.ts";

const COLLECTION = "mails";

export interface Mail {
    to: string;
    subject: string;
    text: string;
}

/**
 * Takes the last mail to an address out of MiniStack's own box.
 *
 * @param code the code that stands in it, in place of the one that MiniStack gives everybody
 */
export async function deliver(emulator: Emulator, to: string, code?: { own: string; instead: string }): Promise<void> {
    const { messages } = await emulator.told<{ messages: Record<string, SentMail[]> }>("/_ministack/ses/messages");
    const sent = Object.values(messages)
        .flat()
        .findLast((one) => one.To.includes(to));
    if (sent) {
        const text = sent.BodyHtml || sent.BodyText;
        const mail = { to, subject: sent.Subject, text: code ? text.replaceAll(code.own, code.instead) : text };
        emulator.store.set(COLLECTION, to, mail);
    }
}

/** What MiniStack tells of a mail. */
interface SentMail {
    To: string[];
    Subject: string;
    BodyText: string;
    BodyHtml: string | null;
}

export function mailsOf(emulator: Emulator): Mail[] {
    return emulator.store.all<Mail>(COLLECTION).map(([, mail]) => mail);
}
