import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { type Transform, transform } from "../core/transform.ts";

/**
 * What a deployment of a REST API is a picture of: its parts, each with all that is given for it. A stage shows nothing
 * that changed since its deployment (API Gateway developer guide, "Deploy REST APIs in API Gateway").
 */
export class ApiDefinition {
    readonly #parts: pulumi.Output<unknown>[] = [];
    readonly #parent: pulumi.Resource;

    constructor(parent: pulumi.Resource) {
        this.#parent = parent;
    }

    /** Makes a part, as the caller's transform has it. */
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
        // As the part has them, not as they were given: where something that a part uses is deleted before it is replaced, what
        // depends on it by itself is deleted as well, and a stage still points to the deployment then.
        const properties = part as unknown as Readonly<Record<string, unknown>>;
        const given = Object.keys(args).map((name) => [name, properties[name]]);
        // The id is no input. It changes as the part is made anew.
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
