/** Checks the images that are named in the settings, before anything is deployed. */

import { SettingsError } from "../../stacks/checkSettings.ts";
import { type ImageName, imageSources } from "../../stacks/imageSources.ts";
import { hasImage } from "../runtime/imageFiles.ts";

/**
 * Lambda refuses a function whose image does not exist ("Source image ... does not exist"); the emulator does not.
 *
 * @param named the setting `images`
 * @param endpoint the emulator, which serves the addresses of ECR
 * @param cache folder of the images that were fetched before
 * @throws {SettingsError} naming each image that does not exist
 */
export async function checkNamedImages(
    named: Partial<Record<ImageName, string>>,
    endpoint: string,
    cache: string,
): Promise<void> {
    const names = Object.keys(imageSources) as ImageName[];
    const problems = await Promise.all(
        names.map(async (name) => {
            const ref = named[name];
            return ref === undefined || (await hasImage(ref, endpoint, cache))
                ? []
                : [`images.${name} is "${ref}"; there is no such image in its registry`];
        }),
    );
    if (problems.flat().length > 0) {
        throw new SettingsError(problems.flat());
    }
}
