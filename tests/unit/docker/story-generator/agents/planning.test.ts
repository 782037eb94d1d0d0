import { expect } from "chai";
import { newStoryBody } from "../../../../../contract/agentRoutes.ts";
import { fitPlan } from "../../../../../docker/story-generator/agents/planning.ts";

describe("what the planning agent returns", () => {
    const request = newStoryBody.parse({ topic: "A fox", length: "short" });

    it("becomes a plan with the chapters that were asked for and voices for all", () => {
        const many = Array.from({ length: 9 }, (_, at) => ({ title: `C${at}`, summary: "s" }));
        const plan = fitPlan(
            { title: "T", characters: ["Ann", "ann", "narrator", "Bo", "Cy", "Di"], chapters: many },
            request,
        );
        expect(plan.chapters).to.have.length(3);
        expect(plan.characters).to.deep.equal(["Ann", "Bo", "Cy"]);
        expect(fitPlan({ title: " ", characters: [], chapters: [] }, request)).to.deep.include({ title: "A fox" });
        expect(fitPlan({ title: " ", characters: [], chapters: [] }, request).chapters).to.have.length(3);
    });
});
