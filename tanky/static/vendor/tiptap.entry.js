import { Editor, Extension, Mark, Node, mergeAttributes } from "@tiptap/core";
import { DOMParser, Slice } from "@tiptap/pm/model";
import { NodeSelection, Plugin, TextSelection } from "@tiptap/pm/state";
import { StarterKit } from "@tiptap/starter-kit";
import { TableKit } from "@tiptap/extension-table";

globalThis.Tiptap = {
  DOMParser, Editor, Extension, Mark, Node, NodeSelection, Plugin, Slice, StarterKit, TableKit,
  TextSelection, mergeAttributes,
};
