/** Application Auto Scaling, which MiniStack lacks: what its cases share. */
import { randomUUID } from "node:crypto";
import { ACCOUNT } from "./account.ts";
import type { Emulator } from "./emulator.ts";
import type { AwsRequest } from "./request.ts";
import { AwsError } from "./response.ts";

/** What a scalable target, a policy and a scheduled action have in common. */
export interface Scaled {
    ServiceNamespace: string;
    ResourceId: string;
    ScalableDimension: string;
    /** Seconds since 1970. */
    CreationTime: number;
}

/** A resource of Application Auto Scaling, of which there are several kinds: how it is kept and named. */
export class ScalingStore<R extends Scaled> {
    readonly #name: string;
    readonly #store: Emulator["store"];
    readonly #region: string;

    /** @param kind `targets`, `policies` or `actions` */
    constructor(kind: string, { store }: Emulator, { region }: AwsRequest) {
        this.#name = `application-autoscaling ${kind}`;
        this.#store = store;
        this.#region = region;
    }

    get(of: Address, name = ""): R | undefined {
        return this.#store.get<R>(this.#name, this.#key(of, name));
    }

    set(of: Address, value: R, name = ""): void {
        this.#store.set(this.#name, this.#key(of, name), value);
    }

    delete(of: Address, name = ""): void {
        this.#store.delete(this.#name, this.#key(of, name));
    }

    /** All of this region that a question is about, in their order. */
    find(asked: Partial<Address> & { ResourceIds?: string[] }): R[] {
        return this.#store
            .all<R>(this.#name)
            .filter(([key]) => key.startsWith(`${this.#region} `))
            .map(([, value]) => value)
            .filter(
                (one) =>
                    (asked.ServiceNamespace ?? one.ServiceNamespace) === one.ServiceNamespace &&
                    (asked.ResourceId ?? one.ResourceId) === one.ResourceId &&
                    (asked.ScalableDimension ?? one.ScalableDimension) === one.ScalableDimension &&
                    (asked.ResourceIds?.includes(one.ResourceId) ?? true),
            );
    }

    #key({ ServiceNamespace, ResourceId, ScalableDimension }: Address, name: string): string {
        return [this.#region, ServiceNamespace, ResourceId, ScalableDimension, name].join(" ");
    }
}

/** What says which resource is scaled, and what of it. */
export type Address = Pick<Scaled, "ServiceNamespace" | "ResourceId" | "ScalableDimension">;

/** Of a request, what says which resource is scaled. */
export function addressOf({ input }: AwsRequest): Address {
    const { ServiceNamespace, ResourceId, ScalableDimension } = input;
    return { ServiceNamespace, ResourceId, ScalableDimension };
}

/** The seconds since 1970, as the JSON protocol has times. */
export function now(): number {
    return Date.now() / 1000;
}

/** The ARN of a policy (`scalingPolicy`, `policyName/NAME`) or a scheduled action. */
export function scalingArn({ region }: AwsRequest, of: Address, kind: string, name: string): string {
    const id = `${kind}:${randomUUID()}:resource/${of.ServiceNamespace}/${of.ResourceId}`;
    return `arn:aws:autoscaling:${region}:${ACCOUNT}:${id}:${name}`;
}

/** What AWS says of a target, a policy or an action that is not there. */
export function notFound(words: string, of: Address): AwsError {
    return new AwsError(
        "ObjectNotFoundException",
        `${words} for service namespace: ${of.ServiceNamespace}, resource ID: ${of.ResourceId}, ` +
            `scalable dimension: ${of.ScalableDimension}`,
    );
}
