/**
 * Records this version's deployed states (`npm run release:states`), once per released version, for the check that later
 * versions replace none of these resources.
 */
import manifest from "../../../package/package.json" with { type: "json" };
import { settingsOf, stacks, writeState } from "./states.ts";
import { World } from "./world.ts";

const world = await World.open();
try {
    for (const name of Object.keys(stacks)) {
        const stack = world.stacks().open(name, { settings: settingsOf(world, name), siteContent: world.siteContent });
        await stack.up();
        writeState(manifest.version, name, await stack.recorded());
        console.log(`Recorded ${name} of ${manifest.version}.`);
    }
} finally {
    await world.close();
}
