"""Validates a SkyPilot task with the schema of the installed skypilot, without what
its package imports besides."""
import importlib.abc
import importlib.machinery
import importlib.util
import pathlib
import sys
import types

import jsonschema
import yaml


class Anything(types.ModuleType):
    """Stands for a module: every name is there and harmless."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return [] if name.isupper() else Anything(name)

    def __iter__(self):
        return iter(())

    def __call__(self, *args, **kwargs):
        return Anything("result")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds Anything for sky and whatever is in it."""

    def find_spec(self, name, path, target=None):
        if name.split(".")[0] == "sky":
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Anything(spec.name)

    def exec_module(self, module):
        pass


root = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(importlib.util.find_spec("sky").submodule_search_locations[0])
sys.meta_path.insert(0, Finder())
spec = importlib.util.spec_from_file_location("schemas", root / "utils" / "schemas.py")
schemas = importlib.util.module_from_spec(spec)
spec.loader.exec_module(schemas)
schemas.os = types.SimpleNamespace(environ=types.SimpleNamespace(get=lambda *names: None), getenv=lambda *names: None)
schemas._get_infra_pattern = lambda: ".*"  # the clouds that are installed
task = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
for part, schema in ((task, schemas.get_task_schema()), (task["resources"], schemas.get_resources_schema())):
    # Not validate(), which would check the schema, too: some patterns are Anything's.
    jsonschema.Draft7Validator(schema).validate(part)
print(sys.argv[1], "follows the schema")
