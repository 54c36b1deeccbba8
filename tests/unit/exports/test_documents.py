"""Archives that are documents of office programs are called by name, and other archives are not."""

import pytest

from onboarding.exports.sources.documents import zipped_document

DOCUMENTS = {
    "a Word document": ["[Content_Types].xml", "_rels/.rels", "word/document.xml"],
    "a PowerPoint presentation": ["[Content_Types].xml", "ppt/presentation.xml"],
    "a document of Numbers": ["Index/Document.iwa", "Index/Tables/Tile.iwa", "preview.jpg"],
    "a document of Numbers, Pages or Keynote": ["Index/Document.iwa", "preview.jpg"],
    "an e-book": ["mimetype", "META-INF/container.xml"],
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_document_is_recognised_by_its_parts(what):
    assert zipped_document(DOCUMENTS[what]) == what


@pytest.mark.parametrize("parts", [[], ["staff.csv"], ["index/a.csv", "word/b.csv"], ["index.zip"], ["a.iwa"]])
def test_archive_of_files_is_no_document(parts):
    assert zipped_document(parts) == ""
