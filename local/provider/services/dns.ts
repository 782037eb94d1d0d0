import * as acm from "@aws-sdk/client-acm";
import * as route53 from "@aws-sdk/client-route-53";
import { type Clients, ifThere } from "../clients.ts";
import type { ResourceType } from "../resource.ts";
import { required, tagList, tagMap } from "../shapes.ts";
import type { Properties } from "../values.ts";

const certificates = (cloud: Clients) => cloud.of(acm.ACMClient);
const zones = (cloud: Clients) => cloud.of(route53.Route53Client);
const withoutDot = (name: string | undefined) => name?.replace(/\.$/, "");

const certificate: ResourceType = {
    replaceOn: ["domainName", "subjectAlternativeNames", "validationMethod", "region"],
    computed: [
        "arn",
        "domainValidationOptions",
        "status",
        "type",
        "notBefore",
        "notAfter",
        "keyAlgorithm",
        "renewalEligibility",
    ],
    async create(inputs, cloud) {
        const made = await certificates(cloud).send(
            new acm.RequestCertificateCommand({
                DomainName: inputs.domainName,
                SubjectAlternativeNames: inputs.subjectAlternativeNames,
                ValidationMethod: inputs.validationMethod,
                Tags: tagList(inputs.tags),
            }),
        );
        return required(made.CertificateArn, "certificate ARN");
    },
    async read(id, cloud) {
        const found = await ifThere(
            certificates(cloud).send(new acm.DescribeCertificateCommand({ CertificateArn: id })),
        );
        const it = found?.Certificate;
        if (!it) {
            return undefined;
        }
        const { Tags } = await certificates(cloud).send(new acm.ListTagsForCertificateCommand({ CertificateArn: id }));
        return {
            arn: id,
            domainName: it.DomainName,
            subjectAlternativeNames: it.SubjectAlternativeNames?.filter((name) => name !== it.DomainName),
            status: it.Status,
            type: it.Type,
            domainValidationOptions: it.DomainValidationOptions?.map((one) => ({
                domainName: one.DomainName,
                resourceRecordName: one.ResourceRecord?.Name,
                resourceRecordType: one.ResourceRecord?.Type,
                resourceRecordValue: one.ResourceRecord?.Value,
            })),
            tags: tagMap(Tags),
        };
    },
    async update(id, inputs, cloud) {
        await certificates(cloud).send(
            new acm.AddTagsToCertificateCommand({ CertificateArn: id, Tags: tagList(inputs.tags) }),
        );
    },
    async delete(id, cloud) {
        await ifThere(certificates(cloud).send(new acm.DeleteCertificateCommand({ CertificateArn: id })));
    },
};

/** Waits until the certificate is issued; there is nothing else to it. */
const certificateValidation: ResourceType = {
    async create(inputs, cloud) {
        await acm.waitUntilCertificateValidated(
            { client: certificates(cloud), maxWaitTime: 120, minDelay: 1, maxDelay: 5 },
            { CertificateArn: inputs.certificateArn },
        );
        return inputs.certificateArn;
    },
    async read(id, cloud, known) {
        const found = await ifThere(
            certificates(cloud).send(new acm.DescribeCertificateCommand({ CertificateArn: id })),
        );
        return found?.Certificate?.Status === "ISSUED"
            ? { certificateArn: id, validationRecordFqdns: known.validationRecordFqdns }
            : undefined;
    },
    async delete() {},
};

const zone: ResourceType = {
    replaceOn: ["name"],
    computed: ["arn", "zoneId", "nameServers", "primaryNameServer"],
    async create(inputs, cloud) {
        const made = await zones(cloud).send(
            new route53.CreateHostedZoneCommand({
                Name: inputs.name,
                CallerReference: `pulumi-${crypto.randomUUID()}`,
                HostedZoneConfig: { Comment: inputs.comment },
            }),
        );
        const id = required(made.HostedZone?.Id, "zone id").replace("/hostedzone/", "");
        await tagZone(id, inputs, cloud);
        return id;
    },
    async read(id, cloud) {
        const found = await ifThere(zones(cloud).send(new route53.GetHostedZoneCommand({ Id: id })));
        const it = found?.HostedZone;
        if (!it) {
            return undefined;
        }
        const tags = await zones(cloud).send(
            new route53.ListTagsForResourceCommand({ ResourceType: "hostedzone", ResourceId: id }),
        );
        return {
            arn: `arn:aws:route53:::hostedzone/${id}`,
            zoneId: id,
            name: withoutDot(it.Name),
            comment: it.Config?.Comment,
            nameServers: found.DelegationSet?.NameServers,
            primaryNameServer: found.DelegationSet?.NameServers?.[0],
            tags: tagMap(tags.ResourceTagSet?.Tags),
        };
    },
    async update(id, inputs, cloud) {
        await zones(cloud).send(new route53.UpdateHostedZoneCommentCommand({ Id: id, Comment: inputs.comment }));
        await tagZone(id, inputs, cloud);
    },
    async delete(id, cloud) {
        await ifThere(zones(cloud).send(new route53.DeleteHostedZoneCommand({ Id: id })));
    },
};

async function tagZone(id: string, inputs: Properties, cloud: Clients): Promise<void> {
    await zones(cloud).send(
        new route53.ChangeTagsForResourceCommand({
            ResourceType: "hostedzone",
            ResourceId: id,
            AddTags: tagList(inputs.tags),
        }),
    );
}

async function changeRecord(Action: route53.ChangeAction, inputs: Properties, cloud: Clients): Promise<string> {
    const alias = inputs.aliases?.[0];
    await zones(cloud).send(
        new route53.ChangeResourceRecordSetsCommand({
            HostedZoneId: inputs.zoneId,
            ChangeBatch: {
                Changes: [
                    {
                        Action,
                        ResourceRecordSet: {
                            Name: inputs.name,
                            Type: inputs.type,
                            TTL: inputs.ttl,
                            ResourceRecords: inputs.records?.map((Value: string) => ({ Value })),
                            AliasTarget: alias && {
                                DNSName: alias.name,
                                HostedZoneId: alias.zoneId,
                                EvaluateTargetHealth: alias.evaluateTargetHealth,
                            },
                        },
                    },
                ],
            },
        }),
    );
    return `${inputs.zoneId}_${inputs.name}_${inputs.type}`;
}

const record: ResourceType = {
    replaceOn: ["zoneId", "name", "type"],
    deleteFirst: true,
    computed: ["fqdn"],
    writeOnly: ["allowOverwrite"],
    create: (inputs, cloud) => changeRecord("UPSERT", inputs, cloud),
    async read(id, cloud, known) {
        const [zoneId = "", name = "", type = ""] = known.zoneId
            ? [known.zoneId, known.name, known.type]
            : splitRecordId(id);
        const found = await ifThere(
            zones(cloud).send(
                new route53.ListResourceRecordSetsCommand({
                    HostedZoneId: zoneId,
                    StartRecordName: name,
                    StartRecordType: type as route53.RRType,
                }),
            ),
        );
        const it = found?.ResourceRecordSets?.find(
            (one) => withoutDot(one.Name) === withoutDot(name) && one.Type === type,
        );
        return (
            it && {
                zoneId,
                name,
                type,
                fqdn: withoutDot(it.Name),
                ttl: it.TTL,
                ...(it.AliasTarget
                    ? {
                          aliases: [
                              {
                                  name: withoutDot(it.AliasTarget.DNSName),
                                  zoneId: it.AliasTarget.HostedZoneId,
                                  evaluateTargetHealth: it.AliasTarget.EvaluateTargetHealth,
                              },
                          ],
                      }
                    : { records: it.ResourceRecords?.map((one) => one.Value) }),
            }
        );
    },
    async update(_id, inputs, cloud) {
        await changeRecord("UPSERT", inputs, cloud);
    },
    async delete(_id, cloud, state) {
        await ifThere(changeRecord("DELETE", state, cloud));
    },
};

/** `ZONE_NAME_TYPE`, where the name may have underscores of its own. */
function splitRecordId(id: string): [string, string, string] {
    return [
        id.slice(0, id.indexOf("_")),
        id.slice(id.indexOf("_") + 1, id.lastIndexOf("_")),
        id.slice(id.lastIndexOf("_") + 1),
    ];
}

export const dnsTypes: Record<string, ResourceType> = {
    "aws:acm/certificate:Certificate": certificate,
    "aws:acm/certificateValidation:CertificateValidation": certificateValidation,
    "aws:route53/zone:Zone": zone,
    "aws:route53/record:Record": record,
};
