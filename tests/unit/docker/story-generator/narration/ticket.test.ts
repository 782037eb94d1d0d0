import { expect } from "chai";
import { issueTicket, isValidTicket, ticketHolder } from "../../../../../docker/story-generator/narration/ticket.ts";

describe("audio tickets", () => {
    const ticket = issueTicket("secret", "user-1", "story-1", 1_000);

    it("open their own story for their time", () => {
        expect(ticketHolder(ticket)).to.equal("user-1");
        expect(isValidTicket("secret", ticket, "story-1", 2_000)).to.equal(true);
    });

    it("open nothing else", () => {
        const forged = `${Buffer.from("user-2").toString("base64url")}.${ticket.split(".").slice(1).join(".")}`;
        expect(isValidTicket("secret", ticket, "story-2", 2_000)).to.equal(false);
        expect(isValidTicket("other", ticket, "story-1", 2_000)).to.equal(false);
        expect(isValidTicket("secret", forged, "story-1", 2_000)).to.equal(false);
        expect(isValidTicket("secret", ticket, "story-1", 3_601_001)).to.equal(false);
        expect(isValidTicket("secret", "nonsense", "story-1", 2_000)).to.equal(false);
    });
});
