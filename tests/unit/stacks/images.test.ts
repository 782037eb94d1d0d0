/** The images of a whole stack. */
import { expect } from "chai";
import { modes } from "../../kit/monitor.ts";
import { runStack } from "../../kit/program.ts";

describe("the images of a stack", () => {
    for (const { mode, preview } of modes) {
        it(`are known whole before anything is made, where the settings name neither images nor a registry (${mode})`, async () => {
            const resources = await runStack({ environment: "dev" }, { preview });
            const images = resources.ofType("docker-build:index:Image");
            expect(images).to.have.length(4);
            for (const { name, unknownInputs, dependsOn } of images) {
                expect(unknownInputs, name).to.deep.equal([]);
                expect(dependsOn, name).to.deep.equal([name.replace(/-image$/, "-repository")]);
            }
        });
    }
});
