/** Code that the cases of Application Auto Scaling share; MiniStack lacks the service. */
import { randomUUID } from "node:crypto";
import { ACCOUNT } from "./account.ts";
import type { Emulator } from "./emulator.ts";
import type { AwsRequest } from "./request.ts";
import { AwsError } from "./response.ts";

/** The common fields of scalable targets, policies and scheduled actions. */
export interface Scaled {
    ServiceNamespace: string;
    ResourceId: string;
    ScalableDimension: string;
    /** Seconds since 1970. */
    CreationTime: number;
}

/** Stores the resources of one kind of Application Auto Scaling. */
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

    /** All resources of this region that match a filter, in their order. */
    find(filter: Partial<Address> & { ResourceIds?: string[] }): R[] {
        return this.#store
            .all<R>(this.#name)
            .filter(([key]) => key.startsWith(`${this.#region} `))
            .map(([, value]) => value)
            .filter(
                (one) =>
                    (filter.ServiceNamespace ?? one.ServiceNamespace) === one.ServiceNamespace &&
                    (filter.ResourceId ?? one.ResourceId) === one.ResourceId &&
                    (filter.ScalableDimension ?? one.ScalableDimension) === one.ScalableDimension &&
                    (filter.ResourceIds?.includes(one.ResourceId) ?? true),
            );
    }

    #key({ ServiceNamespace, ResourceId, ScalableDimension }: Address, name: string): string {
        return [this.#region, ServiceNamespace, ResourceId, ScalableDimension, name].join(" ");
    }
}

/** Identifies the scaled resource, and its scaled dimension. */
export type Address = Pick<Scaled, "ServiceNamespace" | "ResourceId" | "ScalableDimension">;

/** The scaled resource that a request names. */
export function addressOf({ input }: AwsRequest): Address {
    const { ServiceNamespace, ResourceId, ScalableDimension } = input;
    return { ServiceNamespace, ResourceId, ScalableDimension };
}

/** The time in seconds since 1970, the format of the JSON protocol. */
export function now(): number {
    return Date.now() / 1000;
}

/** The ARN of a policy (`scalingPolicy`, `policyName/NAME`) or a scheduled action. */
export function scalingArn({ region }: AwsRequest, of: Address, kind: string, name: string): string {
    const id = `${kind}:${randomUUID()}:resource/${of.ServiceNamespace}/${of.ResourceId}`;
    return `arn:aws:autoscaling:${region}:${ACCOUNT}:${id}:${name}`;
}

/** AWS's error for a target, policy or action that does not exist. */
export function notFound(words: string, of: Address): AwsError {
    return new AwsError(
        "ObjectNotFoundException",
        `${words} for service namespace: ${of.ServiceNamespace}, resource ID: ${of.ResourceId}, ` +
            `scalable dimension: ${of.ScalableDimension}`,
    );
}
