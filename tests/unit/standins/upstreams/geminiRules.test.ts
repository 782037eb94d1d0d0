import { expect } from "chai";
import { geminiRules, refusalOfModel } from "../../../../standins/upstreams/geminiRules.ts";

describe("The rules of the stand-in for Gemini", () => {
    for (const [at, { name, source }] of geminiRules.entries()) {
        it(`refuse ${name} (${source})`, () => {
            const model = ["gemini-2.5-flash-image", "gemini-crayon-1"][at] ?? expect.fail("no model breaks it");
            expect(refusalOfModel(model)).to.include({ code: 404, status: "NOT_FOUND" });
        });
    }
});
