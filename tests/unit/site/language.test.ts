import { expect } from "chai";
import { directionOf } from "../../../site/src/reading/direction.ts";
import { languageOf } from "../../../site/src/reading/language.ts";

const STORIES = {
    en: "Once upon a time there was a lighthouse keeper who collected the messages that nobody else wanted to read.",
    de: "Es war einmal eine Leuchtturmwärterin, die alle Nachrichten sammelte, die sonst niemand lesen wollte.",
    ar: "كان يا ما كان في قديم الزمان حارس منارة يجمع الرسائل التي لا يريد أحد أن يقرأها",
    fa: "روزی روزگاری نگهبان فانوس دریایی بود که همه نامه‌هایی را که هیچ کس نمی‌خواست بخواند جمع می‌کرد",
    uk: "Жив собі доглядач маяка, який збирав усі листи, що їх ніхто більше не хотів читати.",
    ja: "むかしむかし、誰も読みたがらない手紙をすべて集めている灯台守がいました。毎晩ランプをともしました。",
};

describe("A story's language", () => {
    for (const [language, text] of Object.entries(STORIES)) {
        it(`is told of its words: ${language}`, async () => {
            expect(await languageOf(text)).to.equal(language);
            expect(directionOf(text)).to.equal(["ar", "fa"].includes(language) ? "rtl" : "ltr");
        });
    }

    it("is not told of too few", async () => {
        expect(await languageOf("Ho!")).to.equal(undefined);
        expect(directionOf("42! … ok")).to.equal("ltr");
        expect(directionOf("„42“ قال")).to.equal("rtl");
    });
});
