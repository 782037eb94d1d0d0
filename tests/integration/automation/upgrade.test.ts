/** That this version replaces and deletes nothing of what released versions deployed, but for what the changelog names. */
import { expect } from "chai";
import { changelogLines, readChangelog } from "../../../automation/upgrade/changelog.ts";
import { linesAfter, upgradeLosses } from "../../../automation/upgrade/losses.ts";
import { root } from "../../../local/lib/paths.ts";
import { importState, readState, recordedVersions, settingsOf, stacks } from "../../kit/automation/states.ts";
import { World } from "../../kit/automation/world.ts";

describe("An upgrade", function () {
    this.timeout(300_000);
    let world: World;

    before(async () => {
        world = await World.open();
    });
    after(async () => {
        await world?.close();
    });

    const lines = changelogLines(readChangelog(root));
    for (const version of recordedVersions()) {
        for (const stack of Object.keys(stacks)) {
            it(`from ${version} takes nothing from a ${stack} stack that the changelog does not name`, async () => {
                const recorded = readState(version, stack);
                await importState(world, stack, recorded);
                const settings = settingsOf(world, stack);
                const story = world.stacks().open(stack, { settings, siteContent: world.siteContent });
                const { changes } = await story.preview();
                const losses = upgradeLosses(changes, linesAfter(lines, version));
                const unnamed = losses
                    .filter(({ announced }) => !announced)
                    .map(
                        ({ change: { kind, name, type, properties } }) =>
                            `${kind} ${name} (${type}): ${properties.map(({ path }) => path)}`,
                    );
                expect(
                    unnamed,
                    `${unnamed.join("\n")}\nKeep it (docs/compatibility.md), or name it in a **Breaking:** line of the changelog.`,
                ).to.deep.equal([]);
                // It is the recorded stack that was previewed: most of it stays as it is.
                expect(changes.same.length).to.be.greaterThan(recorded.deployment.resources.length / 2);
            });
        }
    }
});
