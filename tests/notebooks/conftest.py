"""The lectures, as every test here goes through them."""

from utils.course import lectures


def pytest_generate_tests(metafunc):
    if "lecture" in metafunc.fixturenames:
        course = lectures()
        metafunc.parametrize("lecture", course, ids=[lecture.file for lecture in course])
