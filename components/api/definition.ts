import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { type Transform, transform } from "../core/transform.ts";

/**
 * The parts of a REST API with their arguments, of which a deployment is a snapshot. A stage shows no change that is newer
 * than its deployment (API Gateway developer guide, "Deploy REST APIs in API Gateway").
 */
export class ApiDefinition {
    readonly #parts: pulumi.Output<unknown>[] = [];
    readonly #parent: pulumi.Resource;

    constructor(parent: pulumi.Resource) {
        this.#parent = parent;
    }

    /** Creates a part, with the caller's transform applied. */
    make<Args extends object, Part extends pulumi.CustomResource>(
        Type: new (name: string, args: Args, opts: pulumi.CustomResourceOptions) => Part,
        name: string,
        change: Transform<Args> | undefined,
        args: Args,
        opts: pulumi.CustomResourceOptions = {},
    ): Part {
        const given = transform(change, name, args, { parent: this.#parent, ...opts });
        return this.add(new Type(...given), given[1]);
    }

    /** Adds a part that was made of `args`. */
    add<Part extends pulumi.CustomResource>(part: Part, args: object): Part {
        // The part's outputs, not the given arguments: a deployment that depended on a resource used by a part would be deleted
        // with it in a delete-before-replace, while a stage still points to the deployment.
        const properties = part as unknown as Readonly<Record<string, unknown>>;
        const given = Object.keys(args).map((name) => [name, properties[name]]);
        // The id is no input. It changes when the part is replaced.
        this.#parts.push(pulumi.output([part.id, given]));
        return part;
    }

    /** Changes whenever a part does. */
    get digest(): pulumi.Output<string> {
        return pulumi
            .all(this.#parts)
            .apply((parts) => createHash("sha256").update(JSON.stringify(parts)).digest("hex"));
    }
}
