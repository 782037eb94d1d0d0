// Pulumi's AWS provider for machines that can't download it: Terraform's AWS provider, behind Pulumi's own bridge. Which
// resource types it has, and what Pulumi calls them, stands in types.json.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-provider-aws/xpprovider"
	pftfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	pftfgen "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// The version of @pulumi/aws that it stands in for, which the linker sets.
var version string

//go:embed types.json
var typesFile []byte

// What types.json says: Terraform's names by Pulumi's tokens, and the fields of Terraform's types that need more to be said.
type types struct {
	Resources map[string]string `json:"resources"`
	// Terraform's types of which AWS takes no second one beside the first.
	DeleteBeforeReplace []string `json:"deleteBeforeReplace"`
	// The outputs that make the id of Terraform's types that have none.
	IDs       map[string][]string         `json:"ids"`
	Fields    map[string]map[string]field `json:"fields"`
	Functions map[string]string           `json:"functions"`
}

// What Pulumi makes of a field otherwise than the bridge by itself would.
type field struct {
	Name string `json:"name"`
	// "integer", where Terraform has a text.
	Type string `json:"type"`
	// A list where Terraform allows one element only.
	List bool `json:"list"`
	// "file" or "archive": the path of a file, which Pulumi has as an asset.
	Asset string `json:"asset"`
	// The field that holds an archive's hash.
	Hash string `json:"hash"`
	// A JSON document, which may be given as a value.
	JSON bool `json:"json"`
	// What it is when it is not given.
	Default string `json:"default"`
	// It is made of the resource's logical name when it is not given.
	AutoName *autoName `json:"autoName"`
	// The fields of a block.
	Fields map[string]field `json:"fields"`
}

// How a name is made of a logical name. The bridge by itself does it for fields that are called "name", to 255 characters.
type autoName struct {
	Max       int    `json:"max"`
	Lowercase bool   `json:"lowercase"`
	Prefix    string `json:"prefix"`
	// The argument that, when true, ends the name in ".fifo".
	Fifo string `json:"fifo"`
	// The logical name as it is, without a random end.
	Exact bool `json:"exact"`
}

func (f field) schema() *tfbridge.SchemaInfo {
	info := &tfbridge.SchemaInfo{Name: f.Name, Type: tokens.Type(f.Type)}
	if f.List {
		info.MaxItemsOne = tfbridge.False()
	}
	if f.JSON {
		info.Transform = tfbridge.TransformJSONDocument
	}
	if f.Default != "" {
		info.Default = &tfbridge.DefaultInfo{Value: f.Default}
	}
	if f.AutoName != nil {
		info.Default = f.AutoName.info()
	}
	if f.Fields != nil {
		info.Elem = &tfbridge.SchemaInfo{Fields: schemas(f.Fields)}
	}
	switch f.Asset {
	case "file":
		info.Asset = &tfbridge.AssetTranslation{Kind: tfbridge.FileAsset}
	case "archive":
		info.Asset = &tfbridge.AssetTranslation{
			Kind: tfbridge.FileArchive, Format: resource.ZIPArchive, HashField: f.Hash,
		}
	}
	return info
}

func schemas(fields map[string]field) map[string]*tfbridge.SchemaInfo {
	all := map[string]*tfbridge.SchemaInfo{}
	for name, field := range fields {
		all[name] = field.schema()
	}
	return all
}

func (a autoName) info() *tfbridge.DefaultInfo {
	if a.Exact {
		return &tfbridge.DefaultInfo{From: tfbridge.FromName(tfbridge.AutoNameOptions{})}
	}
	options := tfbridge.AutoNameOptions{
		Separator: "-",
		Maxlen:    a.Max,
		Randlen:   7,
		PostTransform: func(made *tfbridge.PulumiResource, name string) (string, error) {
			if !strings.HasPrefix(name, a.Prefix) {
				name = a.Prefix + name
			}
			if fifo := made.Properties[resource.PropertyKey(a.Fifo)]; fifo.IsBool() && fifo.BoolValue() {
				name += ".fifo"
			}
			return name, nil
		},
	}
	if a.Lowercase {
		options.Transform = strings.ToLower
	}
	return tfbridge.AutoNameWithCustomOptions("", options).Default
}

func provider(ctx context.Context, metadata []byte) tfbridge.ProviderInfo {
	framework, sdk, err := xpprovider.GetProvider(ctx)
	if err != nil {
		log.Fatal(err)
	}
	var known types
	if err := json.Unmarshal(typesFile, &known); err != nil {
		log.Fatal(err)
	}
	info := tfbridge.ProviderInfo{
		P:                       pftfbridge.MuxShimWithDisjointgPF(ctx, shimv2.NewProvider(sdk), framework),
		Name:                    "aws",
		Version:                 version,
		ResourcePrefix:          "aws",
		GitHubOrg:               "hashicorp",
		TFProviderModuleVersion: "v6",
		TFProviderVersion:       "6.34.0",
		MetadataInfo:            tfbridge.NewProviderMetadata(metadata),
		Resources:               map[string]*tfbridge.ResourceInfo{},
		DataSources:             map[string]*tfbridge.DataSourceInfo{},
		SkipValidateProviderConfigForPluginFramework: true,
	}
	for token, name := range known.Resources {
		fields := schemas(known.Fields[name])
		if _, ok := info.P.ResourcesMap().Get(name).Schema().GetOk("tags_all"); ok {
			fields["tags_all"] = &tfbridge.SchemaInfo{MarkAsComputedOnly: tfbridge.True()}
		}
		info.Resources[name] = &tfbridge.ResourceInfo{
			Tok:                 tokens.Type(token),
			Fields:              fields,
			DeleteBeforeReplace: slices.Contains(known.DeleteBeforeReplace, name),
		}
		if outputs := known.IDs[name]; outputs != nil {
			info.Resources[name].ComputeID = idOf(outputs)
		}
	}
	for token, source := range known.Functions {
		info.DataSources[source] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token)}
	}
	ignoreOthers(&info)
	info.SetAutonaming(255, "-")
	return info
}

func idOf(outputs []string) tfbridge.ComputeID {
	return func(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
		var parts []string
		for _, output := range outputs {
			parts = append(parts, fmt.Sprint(state[resource.PropertyKey(output)].V))
		}
		return resource.ID(strings.Join(parts, ",")), nil
	}
}

// The bridge insists on being told of everything that the provider has.
func ignoreOthers(info *tfbridge.ProviderInfo) {
	info.P.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.Resources[name] == nil {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
		return true
	})
	info.P.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.DataSources[name] == nil {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
		return true
	})
}

// With the argument "schema" it writes schema.json and bridge-metadata.json, which it reads from beside itself when it serves.
func main() {
	log.SetFlags(0)
	ctx := context.Background()
	if len(os.Args) > 1 && os.Args[1] == "schema" {
		pftfgen.MainWithMuxer("aws", provider(ctx, []byte("{}")))
		return
	}
	pftfbridge.MainWithMuxer(ctx, "aws", provider(ctx, beside("bridge-metadata.json")), beside("schema.json"))
}

func beside(name string) []byte {
	path, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
	if err != nil {
		log.Fatal(strings.TrimSpace(err.Error()))
	}
	return text
}
