"""What nbgrader knows of the course: `make exercises`, and the tabs Formgrader and Validate in JupyterLab."""

c = get_config()  # noqa: F821 (nbgrader calls this file with it)

c.CourseDirectory.course_id = "cnn-course"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# nbgrader copies what lies beside a notebook into the release. Beside ours lies its .py, with all solutions.
c.CourseDirectory.ignore = ["*.py", "*.pyc", ".*", "__pycache__", "README.md"]

# Validate: on a slow or busy machine importing torch takes a while, and nbgrader gives up after 4 seconds of silence.
c.Execute.iopub_timeout = 120
c.Execute.timeout = 120

c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
    "utils.grading.release.Unpair",
]
